package catalogue

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/vedette-av/vedette/detectors"
)

// Markdown writes the documentation of every detector, one section each.
func Markdown(w io.Writer) error { return markdown(w, All) }

func markdown(w io.Writer, kinds []detectors.Kind) error {
	var b strings.Builder
	b.WriteString("# Detectors\n\n" +
		"Every detector has `enabled`, `for` (how long the fault must last before it is told), `keep` (how long it " +
		"must be gone before the incident is closed) and `severity` (info, minor, major or critical). They are set " +
		"below its name, for each feed: `detectors: { freeze: { for: 3s } }`. An incident begins at the first bad " +
		"sample and ends at the first good one, although both are told later. A detector that comes and goes more " +
		fmt.Sprintf("than %d times within %s is told once, as flapping, until it has been calm for %s. ",
			detectors.FlapOpenings, short(detectors.FlapWindow), short(detectors.FlapKeep)) +
		"Where a detector cannot tell, that counts neither for the fault nor against it; after " +
		short(detectors.Lapse) + " without an answer an open incident is closed at its last bad sample.\n\n" +
		"| detector | severity | for | keep | on by default |\n|---|---|---|---|---|\n")
	for _, k := range kinds {
		fmt.Fprintf(&b, "| [%s](#%s) | %v | %s | %s | %s |\n", k.Name, k.Name, k.Severity,
			short(k.Hold.For), short(k.Hold.Keep), yesNo(!k.Off))
	}
	for _, k := range kinds {
		section(&b, k)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func section(b *strings.Builder, k detectors.Kind) {
	doc, source, _ := strings.Cut(k.Doc, "Source: ")
	fmt.Fprintf(b, "\n## %s\n\n%s\n\n", k.Name, strings.TrimSpace(doc))
	fmt.Fprintf(b, "Severity %v, told after %s, closed after %s, %s by default. It reads %s.\n",
		k.Severity, short(k.Hold.For), short(k.Hold.Keep), map[bool]string{true: "off", false: "on"}[k.Off],
		strings.Join(reads(k.Reads), " and "))
	if len(k.Settings) > 0 {
		b.WriteString("\n| setting | default | range | |\n|---|---|---|---|\n")
		for _, s := range k.Settings {
			fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", s.Name, s.Default, s.Range, cell(s.Doc))
		}
	}
	if source != "" {
		fmt.Fprintf(b, "\nSource: %s\n", strings.TrimSpace(source))
	}
}

// cell escapes what would end the cell of a table.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

type kindJSON struct {
	Name     string             `json:"name"`
	Doc      string             `json:"doc"`
	Source   string             `json:"source,omitempty"`
	Severity detectors.Severity `json:"severity"`
	Reads    []string           `json:"reads"`
	For      float64            `json:"for"`  // seconds
	Keep     float64            `json:"keep"` // seconds
	Enabled  bool               `json:"enabled"`
	Settings []settingJSON      `json:"settings"`
}

type settingJSON struct {
	Name    string `json:"name"`
	Default string `json:"default"`
	Range   string `json:"range"`
	Doc     string `json:"doc"`
}

// JSON writes every detector as an array of objects; for and keep are seconds.
func JSON(w io.Writer) error {
	list := make([]kindJSON, 0, len(All))
	for _, k := range All {
		doc, source, _ := strings.Cut(k.Doc, "Source: ")
		j := kindJSON{
			Name: k.Name, Doc: strings.TrimSpace(doc), Source: strings.TrimSpace(source), Severity: k.Severity,
			Reads: reads(k.Reads), For: k.Hold.For.Seconds(), Keep: k.Hold.Keep.Seconds(), Enabled: !k.Off,
			Settings: make([]settingJSON, 0, len(k.Settings)),
		}
		for _, s := range k.Settings {
			j.Settings = append(j.Settings, settingJSON(s))
		}
		list = append(list, j)
	}
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(list)
}

func reads(p detectors.Part) []string {
	var names []string
	for _, part := range []struct {
		part detectors.Part
		name string
	}{
		{detectors.Pictures, "pictures"}, {detectors.Sounds, "sound"}, {detectors.Links, "the link"}, {detectors.Ticks, "the clock"},
	} {
		if p&part.part != 0 {
			names = append(names, part.name)
		}
	}
	return names
}

// short writes a duration as one would in the configuration: 1m, not 1m0s.
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
