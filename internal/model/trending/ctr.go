package trending

import (
	"readnext/internal/decay"
	"readnext/internal/feed"
)

// rate counts clicks and exposures, both decayed to the time of the newest.
type rate struct {
	clicks, exposures float64
	at                feed.Millis
}

// add counts events at a time, which may lie before the newest.
func (r *rate) add(clicks, exposures float64, at feed.Millis, perMilli float64) {
	if at >= r.at {
		d := decay.Since(r.at, at, perMilli)
		r.clicks *= d
		r.exposures *= d
		r.at = at
	} else {
		d := decay.Since(at, r.at, perMilli)
		clicks *= d
		exposures *= d
	}
	r.clicks += clicks
	r.exposures += exposures
}

// counts returns the clicks and exposures as of a time. A click stands for an
// exposure that was not reported, so there are never fewer exposures.
func (r *rate) counts(now feed.Millis, perMilli float64) (clicks, exposures float64) {
	d := decay.Since(r.at, now, perMilli)
	clicks = r.clicks * d
	return clicks, max(r.exposures*d, clicks)
}

// prior returns the expected click rate of an article that nothing is known
// of: that of the whole site, itself with a prior,
//
//	p0 = (C + PriorClicks) / (E + PriorExposures)
//
// so that a site where readers click often does not hold it against new
// articles that they have not been clicked yet.
func (m *Model) prior(now feed.Millis) float64 {
	c, e := m.site.counts(now, m.sitePerMilli)
	return (c + m.cfg.PriorClicks) / (e + m.cfg.PriorExposures)
}

// ctr returns p/(p+p0), where p is the mean of the Beta posterior of an
// article's click rate,
//
//	p = (c + n·p0) / (e + n),   n = PriorExposures
//
// So 1/2 is what is expected of any article, 2/3 twice as good, 1/3 half.
func (m *Model) ctr(r *rate, prior float64, now feed.Millis) float64 {
	if r.exposures == 0 && r.clicks == 0 {
		return 0.5
	}
	c, e := r.counts(now, m.ctrPerMilli)
	above, below := c+m.cfg.PriorExposures*prior, e+m.cfg.PriorExposures // p = above/below
	return above / (above + prior*below)
}
