package transcode_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
)

// FuzzRequest wants of any body that a codec takes that protojson makes the same
// of it.
func FuzzRequest(f *testing.F) {
	for _, body := range []string{
		`{"user_id":"reader-1","channel_id":1,"article_num":2,"time_stamp":"1795392000123"}`,
		`{"userId":"a\u0062","channelId":-1.0e0,"articleNum":null}`,
		`{"signals":[{"param":"AQHL","action_time":1,"read_time":"45000"},{}]}`,
		`{"events":[{"user_id":"u","article_id":9,"action":"CLICK","time":0},{"action":3,"event_id":"x"}]}`,
	} {
		f.Add([]byte(body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, m := range methods() {
			checkRequest(t, m, body)
		}
	})
}

// FuzzResponse wants of any message that its JSON is protojson's.
func FuzzResponse(f *testing.F) {
	for _, n := range []int{0, 1, 3} {
		wire, err := proto.Marshal(page(n))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(wire)
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		for _, m := range methods() {
			answer := proto.Clone(m.response)
			if (proto.UnmarshalOptions{DiscardUnknown: true}).Unmarshal(wire, answer) == nil {
				checkResponse(t, m, answer)
			}
			// Whatever it is, it is an answer or an error.
			codec(t, m.request, m.response).Response(nil, wire) //nolint:errcheck // it may be either
		}
	})
}
