package server

import (
	"net/http"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"readnext/internal/server/transcode"
	recov1 "readnext/rpc/reco/v1"
)

// route is one method of the contract.
type route struct {
	name    string // Service/Method
	open    bool   // needs no API key
	request func() proto.Message
	rows    protoreflect.FieldDescriptor // see checkBody
	codec   *transcode.Codec             // of JSON; nil leaves it to the handler
	handler http.Handler
	paths   []string
	stats   routeStats
}

const prefix = "/twirp/"

// twirpRoutes lists every method with the handler that serves it. The methods
// of a reader's every page have codecs; the others are left to their handlers.
func twirpRoutes(s Services, opts ...any) ([]*route, error) {
	user := recov1.NewUserRecommendServer(s.UserRecommend, opts...)
	behavior := recov1.NewBehaviorServer(s.Behavior, opts...)
	catalog := recov1.NewCatalogServer(s.Catalog, opts...)
	insight := recov1.NewInsightServer(s.Insight, opts...)
	method := func(h recov1.TwirpServer, name string, request func() proto.Message) *route {
		service := h.PathPrefix()
		short := service[len(prefix)+len("reco.v1.") : len(service)-1]
		return &route{name: short + "/" + name, handler: h, request: request, rows: rowsField(request()), paths: []string{service + name}}
	}
	recommend := method(user, "UserRecommend", func() proto.Message { return new(recov1.UserRequest) })
	recommend.paths = append(recommend.paths, user.PathPrefix()+"user_recommend")
	report := method(behavior, "Report", func() proto.Message { return new(recov1.ReportRequest) })
	report.open = true
	record := method(behavior, "Record", func() proto.Message { return new(recov1.RecordRequest) })
	for rt, response := range map[*route]proto.Message{
		recommend: new(recov1.ArticleResponse),
		report:    new(recov1.ReportResponse),
		record:    new(recov1.RecordResponse),
	} {
		var err error
		rt.codec, err = transcode.New(rt.request().ProtoReflect().Descriptor(), response.ProtoReflect().Descriptor(), MaxRows)
		if err != nil {
			return nil, err
		}
	}
	return []*route{
		recommend,
		report,
		record,
		method(behavior, "Forget", func() proto.Message { return new(recov1.ForgetRequest) }),
		method(catalog, "PutArticles", func() proto.Message { return new(recov1.PutArticlesRequest) }),
		method(catalog, "GetArticles", func() proto.Message { return new(recov1.GetArticlesRequest) }),
		method(catalog, "ListArticles", func() proto.Message { return new(recov1.ListArticlesRequest) }),
		method(catalog, "WithdrawArticles", func() proto.Message { return new(recov1.WithdrawArticlesRequest) }),
		method(insight, "Preview", func() proto.Message { return new(recov1.PreviewRequest) }),
		method(insight, "Similar", func() proto.Message { return new(recov1.SimilarRequest) }),
		method(insight, "Trending", func() proto.Message { return new(recov1.TrendingRequest) }),
		method(insight, "Profile", func() proto.Message { return new(recov1.ProfileRequest) }),
	}, nil
}

// Services is what answers the contract, one a service.
type Services struct {
	UserRecommend recov1.UserRecommend
	Behavior      recov1.Behavior
	Catalog       recov1.Catalog
	Insight       recov1.Insight
}
