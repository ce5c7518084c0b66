package suite

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	recov1 "readnext/rpc/reco/v1"
)

// World is an invented catalogue and its readers. Everything in it follows from
// these numbers, so that an answer can be checked without asking.
type World struct {
	Articles int `json:"articles"`
	Channels int `json:"channels"`
	Readers  int `json:"readers"`
	Events   int `json:"events"` // recorded before the measurement
}

const (
	day = 24 * 60 * 60 * 1000 // ms

	// homes is how many channels a reader reads.
	homes = 3
	// withdrawnEvery article is withdrawn.
	withdrawnEvery = 97
	// articleLaw and readerLaw are the exponents of the Zipf laws by which
	// events choose an article within a channel, and a reader.
	articleLaw, readerLaw = 1.1, 1.2
)

// channel is an article's.
func (w World) channel(article int64) int32 { return 1 + int32((article-1)%int64(w.Channels)) }

// Eligible says whether an article may be on a page of a channel.
func (w World) Eligible(channel int32, article int64) bool {
	return article >= 1 && article <= int64(w.Articles) && w.channel(article) == channel && article%withdrawnEvery != 0
}

// home is one of the channels that a reader reads.
func (w World) home(reader, k int) int32 { return 1 + int32((reader*3+k*17)%w.Channels) }

func appendReader(dst []byte, reader int) []byte {
	return strconv.AppendInt(append(dst, "reader-"...), int64(reader), 10)
}

// Reader draws who asks, all readers alike, and for which of their channels.
func (w World) Reader(rng *rand.Rand, id []byte) ([]byte, int32) {
	reader := rng.IntN(w.Readers)
	return appendReader(id, reader), w.home(reader, rng.IntN(homes))
}

// article makes an article, published within the 30 days before now.
func (w World) article(id, now int64) *recov1.CatalogArticle {
	rng := rand.New(rand.NewPCG(uint64(id), 0xa57))
	a := &recov1.CatalogArticle{
		ArticleId: id, ChannelIds: []int32{w.channel(id)},
		PublishTime: now - 30*day + 30*day/int64(w.Articles)*(id-1),
		Title:       fmt.Sprintf("What article %d has to say on the matter", id),
		Url:         fmt.Sprintf("https://news.example/articles/%d", id),
		AuthorId:    fmt.Sprintf("author-%d", rng.IntN(1+w.Articles/50)),
		Language:    "en",
	}
	for range 4 {
		a.Tags = append(a.Tags, fmt.Sprintf("tag-%d-%d", a.ChannelIds[0], rng.IntN(40)))
	}
	return a
}

// events draws events.
type events struct {
	World
	rng     *rand.Rand
	article *rand.Zipf // by rank within a channel
	reader  *rand.Zipf
}

func (w World) events(rng *rand.Rand) *events {
	return &events{
		World: w, rng: rng,
		article: rand.NewZipf(rng, articleLaw, 1, uint64(max(0, w.Articles/w.Channels-1))),
		reader:  rand.NewZipf(rng, readerLaw, max(1, float64(w.Readers)/200), uint64(w.Readers-1)),
	}
}

// past draws the i-th event of the world's past, one of the last 7 days. Each
// reader has one at least if there are five a reader.
func (e *events) past(i int, now int64) *recov1.Event {
	reader := int(e.reader.Uint64())
	if i%5 == 0 {
		reader = i / 5 % e.Readers
	}
	return e.draw(reader, now-7*day+7*day*int64(i)/int64(max(1, e.Events)))
}

func (e *events) draw(reader int, at int64) *recov1.Event {
	channel := e.home(reader, e.rng.IntN(homes))
	article := int64(channel) + int64(e.article.Uint64())*int64(e.Channels)
	out := &recov1.Event{
		UserId: string(appendReader(nil, reader)), ArticleId: min(article, int64(e.Articles)), ChannelId: channel,
		Action: recov1.Event_CLICK, Time: at,
	}
	if e.rng.IntN(2) == 0 {
		out.Action, out.ReadTime = recov1.Event_READ, int64(1000+e.rng.IntN(60_000))
	}
	return out
}
