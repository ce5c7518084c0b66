package server

import (
	"context"
	"sync"

	"readnext/internal/recommend"
	"readnext/internal/track"
	recov1 "readnext/rpc/reco/v1"
)

// pageAnswer is a page's answer and all that it points to: used again for
// another page once the generated handler has encoded this one.
type pageAnswer struct {
	pool    *sync.Pool
	params  track.Params
	message recov1.ArticleResponse
	places  []answerPlace
	shown   []*recov1.Article
}

type answerPlace struct {
	article recov1.Article
	track   recov1.Track
}

// pageAnswer takes an answer, which the exchange gives back when it is written.
// Without an exchange nobody knows when that is, and it is a new one.
func (u *userRecommend) pageAnswer(ctx context.Context) *pageAnswer {
	x := exchangeOf(ctx)
	if x == nil {
		return new(pageAnswer)
	}
	x.page = u.answers.Get().(*pageAnswer)
	x.page.pool = &u.answers
	return x.page
}

// release gives an answer back, if there is one. Nothing of it may be used any
// more.
func (p *pageAnswer) release() {
	if p != nil {
		p.pool.Put(p)
	}
}

// of is a page with its params as the contract has it.
func (p *pageAnswer) of(a recommend.Answer) *recov1.ArticleResponse {
	if n := len(a.Page.Places); n > len(p.places) {
		p.places = make([]answerPlace, n)
	}
	p.shown = p.shown[:0]
	for i := range a.Page.Places {
		if !a.Shown(i) {
			continue
		}
		to, from := &p.places[i], &p.params.Places[i]
		to.track.Click, to.track.Collect = from.Click, from.Collect
		to.track.Share, to.track.Read = from.Share, from.Read
		to.article.ArticleId = int64(a.Page.Places[i].Article)
		to.article.Track = &to.track
		p.shown = append(p.shown, &to.article)
	}
	p.message.Exposure = p.params.Exposure
	p.message.TimeStamp, p.message.OlderTimeStamp = int64(a.Page.Stamp), int64(a.Older)
	p.message.Recommends = p.shown
	return &p.message
}
