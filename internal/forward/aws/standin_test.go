package aws_test

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	keyID, secretKey, session = "AKIDVEDETTETEST00001", "s3cr3t/of+the/test0000000000000000000000", "s3ss10n-t0ken=="
	keysFile                  = "[vedette]\naws_access_key_id = " + keyID + "\naws_secret_access_key = " + secretKey + "\naws_session_token = " + session + "\n"
)

// sent is one entry that arrived at the stand-in.
type sent struct{ id, body, group, duplicate, kind, source, subject, feed string }

// refusal is what the stand-in does not take: a request as a whole where entry is negative.
type refusal struct {
	entry  int
	code   string
	sender bool
}

// standIn answers like the three services, and takes only what is signed with the secret.
type standIn struct {
	t   *testing.T
	url string
	// script says what is wrong with the nth call, from 0.
	script func(call int, entries []sent) []refusal
	forget int // the entry of the first call of which the answer says nothing; 0 forgets none
	secret string

	mu    sync.Mutex
	calls int
	taken []sent
	seen  map[string]bool // deduplication ids
}

func newStandIn(t *testing.T) *standIn {
	s := &standIn{t: t, secret: secretKey, seen: map[string]bool{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *standIn) all() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.taken)
}

func (s *standIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	service := map[bool]string{true: "sns"}[strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")]
	switch r.Header.Get("X-Amz-Target") {
	case "AmazonSQS.SendMessageBatch":
		service = "sqs"
	case "AWSEvents.PutEvents":
		service = "events"
	}
	if wrong := s.unsigned(r, body, service); wrong != "" {
		// The real services quote what they have signed themselves.
		fail(w, service, http.StatusForbidden, "SignatureDoesNotMatch", wrong+" x-amz-security-token:"+session)
		return
	}
	entries := read(s.t, service, body)
	var wrong []refusal
	if s.script != nil {
		wrong = s.script(s.calls, entries)
	}
	s.calls++
	for _, x := range wrong {
		if x.entry < 0 {
			fail(w, service, http.StatusBadRequest, x.code, "as the test wants it")
			return
		}
	}
	var results []map[string]any
	for n, e := range entries {
		if at := slices.IndexFunc(wrong, func(x refusal) bool { return x.entry == n }); at >= 0 {
			results = append(results, map[string]any{"id": e.id, "code": wrong[at].code, "sender": wrong[at].sender})
			continue
		}
		if e.duplicate == "" || !s.seen[e.duplicate] {
			s.taken = append(s.taken, e)
		}
		s.seen[e.duplicate] = true
		if s.forget > 0 && n == s.forget && s.calls == 1 {
			continue
		}
		sum := md5.Sum([]byte(e.body))
		results = append(results, map[string]any{"id": e.id, "md5": hex.EncodeToString(sum[:])})
	}
	tell(w, service, results)
}

// unsigned computes the signature of a request anew (AWS Signature Version 4) and says what is
// wrong with the one it has.
func (s *standIn) unsigned(r *http.Request, body []byte, service string) string {
	fields := map[string]string{}
	for field := range strings.SplitSeq(strings.TrimPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 "), ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(field), "=")
		fields[name] = value
	}
	date := r.Header.Get("X-Amz-Date")
	at, err := time.Parse("20060102T150405Z", date)
	if err != nil || time.Since(at).Abs() > 5*time.Minute {
		return "the date is wrong"
	}
	scope := date[:8] + "/eu-central-1/" + service + "/aws4_request"
	if fields["Credential"] != keyID+"/"+scope {
		return "the scope is wrong: " + fields["Credential"]
	}
	names := strings.Split(fields["SignedHeaders"], ";")
	for _, name := range []string{"host", "x-amz-date", "x-amz-security-token"} {
		if !slices.Contains(names, name) {
			return name + " is not signed"
		}
	}
	if r.Header.Get("X-Amz-Security-Token") != session || !slices.IsSorted(names) {
		return "the token is wrong"
	}
	var headers strings.Builder
	for _, name := range names {
		value := strings.Join(r.Header.Values(name), ",")
		switch name {
		case "host":
			value = r.Host
		case "content-length":
			value = strconv.FormatInt(r.ContentLength, 10)
		}
		fmt.Fprintf(&headers, "%s:%s\n", name, strings.Join(strings.Fields(value), " "))
	}
	digest := func(text string) string {
		sum := sha256.Sum256([]byte(text))
		return hex.EncodeToString(sum[:])
	}
	mac := func(key []byte, text string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	canonical := strings.Join([]string{r.Method, r.URL.EscapedPath(), r.URL.RawQuery, headers.String(), fields["SignedHeaders"], digest(string(body))}, "\n")
	key := []byte("AWS4" + s.secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	want := hex.EncodeToString(mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", date, scope, digest(canonical)}, "\n")))
	if want != fields["Signature"] {
		return "the signature is " + fields["Signature"] + " and not " + want
	}
	return ""
}

// read takes the entries of a request apart.
func read(t *testing.T, service string, body []byte) []sent {
	var all []sent
	switch service {
	case "sqs":
		var request struct {
			QueueURL string `json:"QueueUrl"`
			Entries  []struct {
				ID                string `json:"Id"`
				MessageBody       string
				Group             string `json:"MessageGroupId"`
				Duplicate         string `json:"MessageDeduplicationId"`
				MessageAttributes map[string]struct{ DataType, StringValue string }
			}
		}
		if err := json.Unmarshal(body, &request); err != nil || !strings.Contains(request.QueueURL, "/123456789012/vedette") {
			t.Errorf("request %s, %v", body, err)
		}
		for _, e := range request.Entries {
			all = append(all, sent{id: e.ID, body: e.MessageBody, group: e.Group, duplicate: e.Duplicate,
				kind: e.MessageAttributes["type"].StringValue, feed: e.MessageAttributes["feed"].StringValue})
		}
	case "sns":
		form, err := url.ParseQuery(string(body))
		if err != nil || form.Get("Action") != "PublishBatch" || !strings.HasPrefix(form.Get("TopicArn"), "arn:aws:sns:eu-central-1:123456789012:vedette") {
			t.Errorf("request %s, %v", body, err)
		}
		for n := 1; form.Has(fmt.Sprintf("PublishBatchRequestEntries.member.%d.Id", n)); n++ {
			get := func(name string) string {
				return form.Get(fmt.Sprintf("PublishBatchRequestEntries.member.%d.%s", n, name))
			}
			e := sent{id: get("Id"), body: get("Message"), group: get("MessageGroupId"), duplicate: get("MessageDeduplicationId"), subject: get("Subject")}
			for a := 1; get(fmt.Sprintf("MessageAttributes.entry.%d.Name", a)) != ""; a++ {
				value := get(fmt.Sprintf("MessageAttributes.entry.%d.Value.StringValue", a))
				switch get(fmt.Sprintf("MessageAttributes.entry.%d.Name", a)) {
				case "type":
					e.kind = value
				case "feed":
					e.feed = value
				}
			}
			all = append(all, e)
		}
	case "events":
		var request struct {
			Entries []struct{ Detail, DetailType, EventBusName, Source string }
		}
		if err := json.Unmarshal(body, &request); err != nil {
			t.Errorf("request %s, %v", body, err)
		}
		for n, e := range request.Entries {
			if e.EventBusName != "default" {
				t.Errorf("event bus %q", e.EventBusName)
			}
			all = append(all, sent{id: strconv.Itoa(n), body: e.Detail, kind: e.DetailType, source: e.Source})
		}
	}
	if len(all) == 0 || len(all) > 10 {
		t.Errorf("a request of %s with %d entries", service, len(all))
	}
	return all
}

func fail(w http.ResponseWriter, service string, status int, code, text string) {
	if service == "sns" {
		w.Header().Set("Content-Type", "text/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, `<ErrorResponse><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>r</RequestId></ErrorResponse>`, code, text)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.0")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(map[string]string{"__type": "com.amazonaws#" + code, "message": text})
}

// tell answers what became of each entry.
func tell(w http.ResponseWriter, service string, results []map[string]any) {
	good, bad := []map[string]any{}, []map[string]any{}
	var goodXML, badXML strings.Builder
	var events []map[string]any
	failed := 0
	for n, x := range results {
		if code, ok := x["code"]; ok {
			failed++
			bad = append(bad, map[string]any{"Id": x["id"], "Code": code, "SenderFault": x["sender"], "Message": "as the test wants it"})
			fmt.Fprintf(&badXML, `<member><Id>%s</Id><Code>%s</Code><Message>x</Message><SenderFault>%v</SenderFault></member>`, x["id"], code, x["sender"])
			events = append(events, map[string]any{"ErrorCode": code, "ErrorMessage": "as the test wants it"})
			continue
		}
		good = append(good, map[string]any{"Id": x["id"], "MessageId": "m", "MD5OfMessageBody": x["md5"]})
		fmt.Fprintf(&goodXML, `<member><Id>%s</Id><MessageId>m</MessageId></member>`, x["id"])
		events = append(events, map[string]any{"EventId": fmt.Sprint("e", n)})
	}
	switch service {
	case "sqs":
		_ = json.NewEncoder(w).Encode(map[string]any{"Successful": good, "Failed": bad})
	case "sns":
		fmt.Fprintf(w, `<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult><Successful>%s</Successful><Failed>%s</Failed></PublishBatchResult></PublishBatchResponse>`,
			goodXML.String(), badXML.String())
	case "events":
		_ = json.NewEncoder(w).Encode(map[string]any{"FailedEntryCount": failed, "Entries": events})
	}
}
