package webhook

// presets are the forms of known receivers; "plain" is the message as the schema has it.
var presets = map[string]string{
	"plain": "",

	// Slack, incoming webhooks: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
	"slack": `{"text": {{json .Title}}, "blocks": [
  {"type": "section", "text": {"type": "plain_text", "text": {{json .Title}}}}
  {{- if .Detail}}, {"type": "context", "elements": [{"type": "plain_text", "text": {{json .Detail}}}]}{{end}}
]}`,

	// Microsoft Teams, a workflow that takes a webhook: an Adaptive Card in a message.
	"teams": `{"type": "message", "attachments": [{
  "contentType": "application/vnd.microsoft.card.adaptive",
  "content": {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4", "body": [
    {"type": "TextBlock", "weight": "Bolder", "wrap": true, "text": {{json .Title}},
     "color": {{if not .Open}}"Good"{{else if or (eq .Severity "critical") (eq .Severity "major")}}"Attention"{{else}}"Warning"{{end}}}
    {{- if .Detail}}, {"type": "TextBlock", "wrap": true, "isSubtle": true, "text": {{json .Detail}}}{{end}}
  ]}}]}`,

	// PagerDuty, Events API v2. The id of the incident is the key that ties its events together.
	"pagerduty": `{"routing_key": "{{secret}}",
  "event_action": {{if eq .Verb "closed"}}"resolve"{{else if eq .Verb "acknowledged"}}"acknowledge"{{else}}"trigger"{{end}},
  "dedup_key": {{if .Incident}}{{json .Incident.ID}}{{else}}{{json .ID}}{{end}},
  "payload": {"summary": {{json .Title}}, "source": {{if .Feed}}{{json .Feed}}{{else}}{{json .Site}}{{end}},
    "severity": {{if eq .Severity "critical"}}"critical"{{else if eq .Severity "major"}}"error"{{else if eq .Severity "minor"}}"warning"{{else}}"info"{{end}},
    "timestamp": {{json .Time}}, "group": {{json .Site}}{{if .Incident}}, "class": {{json .Incident.Kind}}{{end}},
    "custom_details": {"detail": {{json .Detail}}, "id": {{json .ID}}}}}`,
}
