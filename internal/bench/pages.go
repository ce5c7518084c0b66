package bench

import (
	"math/rand/v2"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	recov1 "readnext/rpc/reco/v1"
)

// Pages asks for new pages.
type Pages struct {
	// Reader draws who asks for which channel. It appends the reader's id.
	Reader func(rng *rand.Rand, id []byte) ([]byte, int32)
	Num    int32 // articles a page
	JSON   bool
	// Eligible says whether an article may be on a page of a channel; nil
	// takes all.
	Eligible func(channel int32, article int64) bool
}

// Script makes the script of one connection.
func (p Pages) Script(rng *rand.Rand) Script { return &pageScript{Pages: p, rng: rng} }

// PagePath is where pages are asked for.
const PagePath = recov1.UserRecommendPathPrefix + "UserRecommend"

type pageScript struct {
	Pages
	rng  *rand.Rand
	ask  recov1.UserRequest
	id   []byte
	body []byte
	seen []int64
}

func (s *pageScript) Ask() (string, []byte, bool) {
	s.id, s.ask.ChannelId = s.Reader(s.rng, s.id[:0])
	s.ask.UserId, s.ask.ArticleNum = string(s.id), s.Num
	if s.JSON {
		s.body, _ = protojson.MarshalOptions{UseProtoNames: true}.MarshalAppend(s.body[:0], &s.ask)
	} else {
		s.body, _ = proto.MarshalOptions{}.MarshalAppend(s.body[:0], &s.ask)
	}
	return PagePath, s.body, true
}

func (s *pageScript) Check(answer []byte) (err error) {
	if s.JSON {
		s.seen, err = scanJSON(answer, int(s.Num), s.seen[:0])
	} else {
		s.seen, err = scanProtobuf(answer, s.seen[:0])
	}
	if err != nil {
		return err
	}
	return s.judge()
}
