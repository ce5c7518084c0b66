package server

import (
	"net/http"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	recov1 "readnext/rpc/reco/v1"
)

// route is one method of the contract.
type route struct {
	name    string // Service/Method
	open    bool   // needs no API key
	request func() proto.Message
	rows    protoreflect.FieldDescriptor // see checkBody
	handler http.Handler
	paths   []string
	stats   routeStats
}

const prefix = "/twirp/"

// twirpRoutes lists every method with the handler that serves it.
func twirpRoutes(s Services, opts ...any) []*route {
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
	return []*route{
		recommend,
		report,
		method(behavior, "Record", func() proto.Message { return new(recov1.RecordRequest) }),
		method(behavior, "Forget", func() proto.Message { return new(recov1.ForgetRequest) }),
		method(catalog, "PutArticles", func() proto.Message { return new(recov1.PutArticlesRequest) }),
		method(catalog, "GetArticles", func() proto.Message { return new(recov1.GetArticlesRequest) }),
		method(catalog, "ListArticles", func() proto.Message { return new(recov1.ListArticlesRequest) }),
		method(catalog, "WithdrawArticles", func() proto.Message { return new(recov1.WithdrawArticlesRequest) }),
		method(insight, "Preview", func() proto.Message { return new(recov1.PreviewRequest) }),
		method(insight, "Similar", func() proto.Message { return new(recov1.SimilarRequest) }),
		method(insight, "Trending", func() proto.Message { return new(recov1.TrendingRequest) }),
		method(insight, "Profile", func() proto.Message { return new(recov1.ProfileRequest) }),
	}
}

// Services is what answers the contract, one a service.
type Services struct {
	UserRecommend recov1.UserRecommend
	Behavior      recov1.Behavior
	Catalog       recov1.Catalog
	Insight       recov1.Insight
}
