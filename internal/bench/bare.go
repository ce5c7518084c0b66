package bench

import (
	"context"
	"net/http"

	"github.com/go-chi/chi/v5"

	recov1 "readnext/rpc/reco/v1"
)

// Bare answers every request for a page with the same one, by a chi router and
// the generated handler, and nothing else: the limit of what a server of this
// contract can do. /readyz says that it is there.
func Bare(answer *recov1.ArticleResponse) http.Handler {
	mux := chi.NewRouter()
	h := recov1.NewUserRecommendServer(canned{answer})
	mux.Post(PagePath, h.ServeHTTP)
	mux.Get("/readyz", func(http.ResponseWriter, *http.Request) {})
	return mux
}

type canned struct{ answer *recov1.ArticleResponse }

func (c canned) UserRecommend(context.Context, *recov1.UserRequest) (*recov1.ArticleResponse, error) {
	return c.answer, nil
}
