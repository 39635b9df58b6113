package secret

// assignShort stands between a name that says little and its value.
const assignShort = `[\w.-]{0,20}["']?\]?[ \t]{0,3}(?:=|:{1,3}=|:|=>|\?=)[\s\x60'"=]{0,5}`

// own are the rules of this package. Where gitleaks has a rule of the same id, its lists of what is no secret hold here
// as well.
func own() []spec {
	return []spec{
		// Providers of models.
		{id: "sallyport-api-key", expr: `\b(sk-sp-[0-9A-Za-z]{36})\b`, rank: byProof, check: checksummed},
		{id: "anthropic-api-key", expr: `\b(sk-ant-[a-z0-9]{2,12}-[A-Za-z0-9_-]{24,})` + end, rank: byForm, entropy: 3},
		{id: "openrouter-api-key", expr: `\b(sk-or-(?:v1-)?[a-f0-9]{40,64})` + end, rank: byForm, entropy: 3},
		{id: "openai-api-key", expr: `\b(sk(?:-|%2[Dd])(?:(?:proj|svcacct|admin|None)-)?[A-Za-z0-9_-]{16,})`, rank: byForm, check: mixed},
		{id: "gcp-api-key", expr: `\b(AIza[\w-]{35,60})`, rank: byForm, entropy: 3.5},
		{id: "google-oauth-secret", expr: `\b(GOCSPX-[\w-]{28})\b`, rank: byForm, entropy: 3},
		{id: "google-oauth-token", expr: `\b(ya29\.[\w.-]{30,})`, rank: byForm, entropy: 3},
		{id: "huggingface-access-token", expr: `\b(hf_[A-Za-z0-9]{34})\b`, rank: byForm, entropy: 3.5, check: mixed},
		{id: "groq-api-key", expr: `\b(gsk_[A-Za-z0-9]{40,60})\b`, rank: byForm, entropy: 3},
		{id: "replicate-api-token", expr: `\b(r8_[A-Za-z0-9]{37,40})\b`, rank: byForm, entropy: 3},
		{id: "xai-api-key", expr: `\b(xai-[A-Za-z0-9]{60,100})\b`, rank: byForm, entropy: 3},
		{id: "perplexity-api-key", expr: `\b(pplx-[A-Za-z0-9]{40,64})\b`, rank: byForm, entropy: 3},
		{id: "langsmith-api-key", expr: `\b(lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}|ls__[a-f0-9]{32})\b`, rank: byForm, entropy: 3},
		{id: "pinecone-api-key", expr: `\b(pcsk_[A-Za-z0-9]{4,8}_[A-Za-z0-9]{40,80})\b`, rank: byForm, entropy: 3},
		{id: "pinecone-api-key", expr: `(?i)pinecone` + assign + `([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})` + end, rank: byVendor, entropy: 3},
		{id: "fireworks-api-key", expr: `\b(fw_[A-Za-z0-9]{22,24})\b`, rank: byForm, entropy: 3, check: mixed},
		{id: "cerebras-api-key", expr: `\b(csk-[a-z0-9]{48})\b`, rank: byForm, entropy: 3},
		{id: "nvidia-api-key", expr: `\b(nvapi-[\w-]{60,70})`, rank: byForm, entropy: 3},
		{id: "elevenlabs-api-key", expr: `\b(sk_[a-f0-9]{48})\b`, rank: byForm, entropy: 3},
		{id: "tavily-api-key", expr: `\b(tvly-(?:dev-|prod-)?[A-Za-z0-9]{20,40})\b`, rank: byForm, entropy: 3},
		{id: "mistral-api-key", expr: `(?i)\bmistral(?:ai)?` + assign + `([a-z0-9]{32})` + end, rank: byVendor, entropy: 3.5},
		{id: "together-api-key", expr: `(?i)\btogether(?:[_.-]?ai)?[_.-]?(?:api[_.-]?)?(?:key|token)` + assignShort + `([a-f0-9]{64})` + end, rank: byVendor, entropy: 3},
		{id: "cohere-api-token", expr: `(?i)\bcohere` + assign + `([a-z0-9]{40})` + end, rank: byVendor, entropy: 3.5},
		{id: "azure-openai-api-key", expr: `(?i)(?:azure[ _.-]?(?:open[ _.-]?)?ai|cognitive[ _.-]?services?|ocp-apim-subscription-key)` + assign + `([a-f0-9]{32}|[A-Za-z0-9]{84})` + end,
			rank: byVendor, entropy: 3},
		{id: "azure-openai-api-key", expr: `\b([A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{4,8}AC[A-Za-z0-9]{4,24})\b`, rank: byForm, entropy: 4},
		{id: "wandb-api-key", expr: `(?i)\b(?:wandb|weights[ _.-]?biases)` + assign + `([a-f0-9]{40})` + end, rank: byVendor, entropy: 3},

		// Clouds and services.
		{id: "aws-access-token", expr: `\b((?:AKIA|ASIA)[A-Z0-9]{16})\b`, rank: byForm, entropy: 3},
		{id: "aws-secret-key", expr: `(?i)\b(?:aws[ _.-]?)?secret[ _.-]?(?:access[ _.-]?)?key` + assignShort + `([A-Za-z0-9/+]{40})` + end, rank: byVendor, entropy: 4},
		{id: "aws-amazon-bedrock-api-key-short-lived", expr: `\b(bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t[A-Za-z0-9+/=%_-]*)`, rank: byForm, fake: true},
		{id: "azure-storage-key", expr: `(?i)\bAccountKey[ ]?=[ ]?([A-Za-z0-9+/]{86}==)`, rank: byVendor, entropy: 4},
		{id: "azure-shared-access-key", expr: `(?i)\bSharedAccessKey[ ]?=[ ]?([A-Za-z0-9+/]{43}=)`, rank: byVendor, entropy: 3.5},
		{id: "azure-sas-signature", expr: `(?i)[?&;]sig=([A-Za-z0-9+/%]{40,}(?:=|%3D)?)`, rank: byContext, entropy: 3.5},
		{id: "cloud-signed-url", expr: `(?i)[?&]X-(?:Amz|Goog)-Signature=([a-f0-9]{64,})`, rank: byContext, entropy: 3},
		{id: "cloud-signed-url", expr: `(?i)[?&]X-Amz-Security-Token=([A-Za-z0-9+/%=_-]{60,})`, rank: byContext, entropy: 3},
		{id: "discord-webhook", expr: `(?i)\bdiscord(?:app)?\.com/api/(?:v\d{1,2}/)?webhooks/\d{15,20}/([\w-]{40,90})`, rank: byForm, entropy: 3, fake: true},
		{id: "notion-secret", expr: `\b(secret_[A-Za-z0-9]{40,50})\b`, rank: byForm, entropy: 3.5},
		{id: "square-secret", expr: `\b(sq0[a-z]{3}-[\w-]{22,60})`, rank: byForm, entropy: 2},
		{id: "slack-token", expr: `\b(xox[abeoprs]-[A-Za-z0-9-]{13,})`, rank: byForm, check: slackTail},
		{id: "sourcegraph-access-token", expr: `\b(sgp_(?:(?:[a-fA-F0-9]{16}|local)_)?[a-fA-F0-9]{40})` + end, rank: byForm, entropy: 3},
		{id: "sourcegraph-access-token", expr: `(?i)sourcegraph` + assign + `([a-f0-9]{40})` + end, rank: byVendor, entropy: 3},

		{id: "kubernetes-secret-yaml", expr: `(?i)\bkind:[ \t]*["']?secret\b["']?[ \t\r]*\n(?:[^\n-][^\n]*\n){0,10}?data:[ \t\r]*\n(?:[ \t]+[^\n]*\n){0,3}?[ \t]+` + k8sValue + `(?:\s|$)`,
			rank: byContext, check: k8sData},
		{id: "kubernetes-secret-yaml", expr: `(?i)\bdata:[ \t\r]*\n(?:[ \t]+[^\n]*\n){0,3}?[ \t]+` + k8sValue + `[ \t\r]*\n(?:[^\n-][^\n]*\n){0,6}?kind:[ \t]*["']?secret\b`,
			rank: byContext, check: k8sData},

		// Keys of many lines. A line of the body has 16 characters and more; shorter ones stand before the end alone.
		{id: "private-key", expr: pem(`(?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?`), rank: byProof, whole: true, fake: true},
		{id: "putty-private-key", expr: `(?i)Private-Lines: ?\d{1,4}(` + pemLine + `+` + pemRest + `)`, rank: byProof, fake: true},

		// Places where a secret stands.
		{id: "jwt", expr: `\b(ey[A-Za-z0-9_-]{10,}\.ey[A-Za-z0-9_-]{6,}\.(?:[A-Za-z0-9_-]{16,}|))(?:[^\w-]|$)`, rank: byProof, check: joseHeader},
		{id: "authorization-header", expr: `(?i)\bauthorization["'\x60]?[ \t]{0,3}[:=,][ \t]{0,3}["'\x60]?(?:bearer|token|apikey|api-key|splunk|key)[ \t]{1,3}([\w.~+/=-]{8,})`,
			rank: byContext, entropy: 2.75, check: headerValue},
		{id: "bearer-token", expr: `(?i)\bbearer[ \t]{1,3}["'\x60]?([\w.~+/=-]{20,})`, rank: byContext, entropy: 3.3, check: headerValue},
		{id: "basic-credentials", expr: `(?i)\bbasic[ \t]{1,3}([A-Za-z0-9+/]{8,}={0,2})`, rank: byContext, check: userAndPassword},
		{id: "api-key-header", expr: `(?i)(?:^|[^\w-])(?:x-api-key|api-key|x-auth-token|x-access-token|x-goog-api-key|x-functions-key|private-token|x-vault-token)` +
			`["'\x60]?[ \t]{0,3}[:,][ \t]{0,3}["'\x60]?([\w.~+/=-]{12,})`, rank: byContext, entropy: 3, check: headerValue},
		{id: "url-token", expr: `(?i)[?&](?:access_?token|auth_?token|id_?token|refresh_?token|session_?token|private_?token|token|api_?key|apikey|api-key|client_?secret|secret|auth|key|password|passwd|pwd)` +
			`=((?:[\w.~+/-]|%2[BbFfDd]){16,}(?:=|%3[Dd]){0,2})`, rank: byContext, entropy: 3, check: headerValue},
		{id: "url-password", expr: `://[^\s:/?#@"'<>\x60()\[\]]{0,64}:([^\s/?#@"'<>\x60]{3,100})@[\w\[]`, rank: byContext, check: addressPassword},
		{id: "connection-string-password", expr: `(?i);[ ]{0,2}(?:password|pwd)[ ]{0,2}=[ ]{0,2}([^;\s"'&\x60<>]{4,80})`, rank: byContext, check: addressPassword},
		{id: "connection-string-password", expr: `(?i)\b(?:server|data source|host|user id|uid|username|user|database|initial catalog)[ ]{0,2}=[^;\n"']{1,80};[ ]{0,2}(?:password|pwd)[ ]{0,2}=[ ]{0,2}([^;\s"'&\x60<>]{4,80})`,
			rank: byContext, check: addressPassword},
		{id: "password-assignment", expr: `(?i)(?:password|passwd|passphrase|pwd)["'\x60]?\]?[ \t]{0,3}(?:=|:|=>|:=)[ \t]{0,3}["'\x60]([^\s"'\x60<>{}$%]{8,64})["'\x60]`, rank: byGuess, entropy: 2.7, check: password},
	}
}

const (
	k8sValue = `[\w.-]+:(?:[ \t]*(?:\||>[-+]?)\s+)?[ \t]*["']?([a-z0-9+/]{10,}={0,3})["']?`
	pemSep   = `(?:[\s"'+,>|#*]|\\[nrt])`
	pemLine  = `(?:` + pemSep + `{1,40}(?:[A-Za-z][A-Za-z-]{2,20}: ?[^\r\n\\]{1,120}|[A-Za-z0-9+/]{16,}={0,2}))`
	pemRest  = `(?:` + pemSep + `{1,40}[A-Za-z0-9+/=]{1,76}){0,3}`
)

// pem is a block with that label (RFC 7468, RFC 4880 section 6.2): the body must be one. Where the end is missing, the
// lines that are there count.
func pem(label string) string {
	return `(?i)-----BEGIN[ ]` + label + `-----` + pemLine + `{1,}(?:` + pemRest + pemSep + `{0,40}-----END[ ]` + label + `-----)?`
}
