package api

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/vedette-av/vedette/internal/bus"
)

// mostIncidents is how many incidents one answer may have.
const mostIncidents = 1000

// filter reads the parameters that choose incidents.
func filter(values url.Values, now time.Time) (bus.Filter, error) {
	f := bus.Filter{Feed: values.Get("feed"), Kind: values.Get("kind"), Limit: 100}
	if text := values.Get("since"); text != "" {
		since, err := moment(text, now)
		if err != nil {
			return f, err
		}
		f.Since = since
	}
	switch text := values.Get("open"); text {
	case "":
	case "true", "false":
		open := text == "true"
		f.Open = &open
	default:
		return f, fmt.Errorf("open=%s is neither true nor false", cut(text))
	}
	if text := values.Get("limit"); text != "" {
		limit, err := strconv.Atoi(text)
		if err != nil || limit < 1 || limit > mostIncidents {
			return f, fmt.Errorf("limit=%s is not a number from 1 to %d", cut(text), mostIncidents)
		}
		f.Limit = limit
	}
	return f, nil
}

// moment reads a time (RFC 3339) or how long ago it was: "90s", "2h", "7d".
func moment(text string, now time.Time) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, nil
	}
	if days, ok := strings.CutSuffix(text, "d"); ok {
		if n, err := strconv.Atoi(days); err == nil && n >= 0 && n <= 36500 {
			return now.AddDate(0, 0, -n), nil
		}
	}
	ago, err := time.ParseDuration(text)
	if err != nil || ago < 0 {
		hint := ""
		if strings.Contains(text, " ") {
			hint = " (a + in an address is a space: write %2B)"
		}
		return now, fmt.Errorf("since=%s is neither a time such as 2026-03-01T12:00:00Z nor a duration such as 2h%s", cut(text), hint)
	}
	return now.Add(-ago), nil
}
