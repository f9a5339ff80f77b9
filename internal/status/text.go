package status

import (
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Seconds is a duration that is written in seconds, with microseconds as its fraction.
type Seconds time.Duration

// MarshalJSON writes s as a number: 1.25.
func (s Seconds) MarshalJSON() ([]byte, error) {
	seconds := math.Round(time.Duration(s).Seconds()*1e6) / 1e6
	return strconv.AppendFloat(nil, seconds, 'f', -1, 64), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Seconds) UnmarshalJSON(text []byte) error {
	seconds, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return err
	}
	*s = Seconds(math.Round(seconds * 1e9))
	return nil
}

// hidden stands for what a redacted URL does not tell.
const hidden = "***"

// Redact returns a source URL without what lets somebody publish or fetch: user, password, query
// values, and all of the path after the RTMP application, which is the stream key. What cannot be
// parsed is hidden whole.
func Redact(source string) string {
	u, err := url.Parse(source)
	if err != nil {
		return hidden
	}
	var out strings.Builder
	if u.Scheme != "" {
		out.WriteString(u.Scheme + "://")
	}
	if u.User != nil && u.User.String() != "" {
		out.WriteString(hidden + "@")
	}
	out.WriteString(u.Host)
	path := u.EscapedPath()
	if u.Scheme == "rtmp" || u.Scheme == "rtmps" {
		if app, key, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/"); key != "" {
			path = "/" + app + "/" + hidden
		}
	}
	out.WriteString(path)
	if u.RawQuery != "" {
		out.WriteString("?" + hidden)
	}
	return out.String()
}
