package leak

import (
	"context"
	"fmt"
	"strings"

	"sallyport/guard"
)

// Payload finds text that would do more than its place allows in the interpreter an answer is fed to: a database, a
// shell, a template engine. It is for routes whose answers go there, and only for them: an answer about programming is
// full of it. Patterns know the ways such attacks are written; a statement that is wrong but well formed ("DELETE FROM
// orders") is for the permissions of the account that runs it.
//
// Kinds of sql: union, stacked, tautology, blind, timing, schema, file, exec, comment, destructive. Of shell: chain,
// substitution, pipe_to_shell, reverse_shell, evasion, destructive, powershell, batch. Of template: expression, tag,
// lookup, object_walk. It misses payloads in other encodings than plain text and dialects nobody has written rules for.
type Payload struct{ rules *rules }

var _ guard.Matcher = (*Payload)(nil)

// NewSink returns the detector for what an answer is fed to: "sql", "shell", "template", or "html", which is Active
// with code looked at.
func NewSink(name string) (guard.Detector, error) {
	switch name {
	case "sql":
		return &Payload{newRules(sqlRules())}, nil
	case "shell":
		return &Payload{newRules(shellRules())}, nil
	case "template":
		return &Payload{newRules(templateRules())}, nil
	case "html":
		return Active{InCode: true}, nil
	}
	return nil, fmt.Errorf("unknown sink %q (one of sql, shell, template, html)", name)
}

// Patterns are the expressions of the sink.
func (d *Payload) Patterns() []string { return d.rules.patterns }

// Check judges a match.
func (d *Payload) Check(i int, m *guard.Match) (guard.Finding, bool) { return d.rules.judge(i, m) }

// Detect reports every match in the passage.
func (d *Payload) Detect(_ context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return d.rules.whole(p.Text), nil
}

func sqlRules() []rule {
	const gap = `(?:[\s+(]|/\*[^*\n]{0,16}\*/)`
	return []rule{
		{kind: "union", score: 0.95, evidence: "second query joined to the first",
			expr: `(?i)\bunion` + gap + `+(?:(?:all|distinct)` + gap + `+)?select\b`},
		{kind: "stacked", score: 0.9, evidence: "second statement behind the end of a value",
			expr: `(?i)['")0-9][ \t]*;[ \t+]*(?:drop\s+[a-z]{4,9}\b|(?:delete|copy)\s+\w|insert\s+into\b|update\s+[\w.]+\s+set\b|(?:alter|create)\s+(?:table|user|role|database|function|procedure|trigger|or|index|view|alias|login)\b|truncate\s+\w|exec(?:ute)?\b|shutdown\b|declare\s+[@\w]|grant\s+\w+\s+(?:on|to)\b|waitfor\b|call\s+\w+\(|merge\s+into\b|select\b|set\s+@)`},
		{kind: "tautology", score: 0.9, evidence: "comparison of two constants", check: constants,
			expr: `(?i)(?:\b(?:or|and|xor|having|where|when)\b|\|\||&&)[\s(+]*(?:not\s+)?['"]?[\w@ ]{0,16}['"]?[\s)]*(?:<=>|[=<>!]=|<>|=|<|>|\blike\b)[\s(]*['"]?[\w@]{1,16}`},
		{kind: "tautology", score: 0.8, evidence: "condition that always holds",
			expr: `(?i)['")][\s)]*(?:or|\|\|)\s*(?:true|not\s+false|1|!0)\s*(?:--|#|/\*|\z|[;)])`},
		{kind: "tautology", score: 0.8, evidence: "comparison of two quoted constants",
			expr: `'[^'\s]{1,16}'\s*(?:=|<>|!=)\s*'[^'\s]{1,16}'?`},
		{kind: "blind", score: 0.9, evidence: "question about single characters",
			expr: `(?i)['"0-9)][\s)]*(?:and|or|xor|&&|\|\|)[\s(+]+(?:if|substr|substring|mid|ascii|ord|char|length|exists|select|case|elt|sleep|concat|user|database|version)\b\s*[(=<>]?`},
		{kind: "timing", score: 0.95, evidence: "function that waits",
			expr: `(?i)\b(?:sleep\s*\(\s*[0-9(]|pg_sleep\s*\(|benchmark\s*\(\s*[0-9]|waitfor\s+(?:delay|time)\b|dbms_(?:pipe|lock)\.|randomblob\s*\(\s*[0-9])`},
		{kind: "schema", score: 0.8, evidence: "tables that describe the database",
			expr: `(?i)\b(?:information_schema\b|sysobjects\b|syscolumns\b|sqlite_(?:master|schema)\b|pg_(?:catalog|shadow|user)\b|mysql\.user\b|all_tables\b|sys\.(?:tables|databases|user_)|master\.\.)|@@(?:version|hostname|datadir)`},
		{kind: "file", score: 0.95, evidence: "reads or writes files of the server",
			expr: `(?i)\b(?:into\s+(?:out|dump)file\b|load_file\s*\(|load\s+data\s+(?:local\s+)?infile|pg_read_file\s*\(|lo_(?:import|export)\s*\(|utl_(?:http|file|inaddr)\b)`},
		{kind: "exec", score: 0.95, evidence: "runs a statement or command put together",
			expr: `(?i)\b(?:exec(?:ute)?\s*\(\s*['"@]|execute\s+immediate\b|xp_(?:cmdshell|dirtree|regread)|sp_(?:oacreate|executesql|password)\b|openrowset\b|opendatasource\b|sys_(?:eval|exec)\s*\(|prepare\s+\w+\s+from\b)`},
		{kind: "exec", score: 0.8, evidence: "function that carries data out in an error",
			expr: `(?i)\b(?:extractvalue|updatexml|xmltype|procedure\s+analyse)\s*\(`},
		{kind: "comment", score: 0.6, evidence: "value that ends in a comment",
			expr: `(?m)['"][);\s]{0,4}(?:--|#|/\*)[ \t+-]{0,3}(?:$|\z)`},
		{kind: "comment", score: 0.6, evidence: "condition behind a quotation mark, the rest a comment",
			expr: `(?im)['"]\s*(?:or|and|xor|not|is|in|like|collate|notnull|isnull|union|;)\b[^'"\n]{0,60}(?:--|#)[ \t]{0,3}(?:$|\z)`},
		{kind: "blind", score: 0.8, evidence: "function behind a quotation mark",
			expr: `(?i)['"][\s)]*(?:and|or|xor)\s*(?:not\s+|!\s*)?[a-z_]{3,24}\s?\(`},
		{kind: "comment", score: 0.8, evidence: "comment that is run", expr: `/\*![0-9]{0,6}`},
		{kind: "destructive", score: 0.7, evidence: "destroys tables",
			expr: `(?i)\b(?:drop|truncate)\s+(?:table|database|schema|user|view)\s+(?:if\s+exists\s+)?['"\[\w` + "`" + `]`},
		{kind: "stacked", score: 0.7, evidence: "statement behind a quotation mark and parenthesis",
			expr: `(?i)['"]\s*\)*\s*(?:order\s+by\s+[0-9]|group\s+by\s+[\w.,]+\s+having|having\s+[0-9'"]|limit\s+[0-9]+\s*,|procedure\b)`},
	}
}

// constants keeps comparisons of two numbers or two quoted words: what compares a column is a query.
func constants(m *guard.Match) bool {
	i := strings.IndexAny(m.Text, "=<>!")
	rest := ""
	if i >= 0 {
		rest = strings.TrimLeft(m.Text[i:], "=<>! (\t\n")
	} else if i = strings.Index(strings.ToLower(m.Text), "like"); i >= 0 {
		rest = strings.TrimSpace(m.Text[i+4:])
	}
	if i < 0 || rest == "" {
		return false
	}
	left := strings.TrimRight(m.Text[:i], " )\t\n")
	left = left[strings.LastIndexAny(strings.TrimRight(left, "'\""), " '\"(+\t\n")+1:]
	digit := func(c byte) bool { return '0' <= c && c <= '9' }
	quoted := func(c byte) bool { return c == '\'' || c == '"' }
	if left == "" {
		return false
	}
	last := left[len(left)-1]
	return (digit(left[0]) && digit(last) || quoted(last)) && (digit(rest[0]) || quoted(rest[0]))
}

// commands are programs that chains are made of.
const commands = `(?:sudo\s+|exec\s+|nohup\s+|time\s+|command\s+)?(?:/(?:usr/)?s?bin/)?` +
	`(?:cat|tac|head|tail|less|more|curl|wget|nc|ncat|netcat|bash|sh|zsh|ksh|dash|csh|python[0-9.]*|perl|ruby|php|node|lua|id|whoami|who|uname|hostname|ls|dir|rm|mv|cp|` +
	`chmod|chown|kill|pkill|ping|nslookup|dig|host|echo|printf|sleep|env|printenv|export|set|su|ssh|scp|tftp|ftp|telnet|socat|base64|xxd|od|strings|find|grep|awk|sed|tar|` +
	`gzip|gunzip|mkfifo|crontab|at|ifconfig|ip|ps|netstat|ss|w|last|mount|dd|tee|xargs|eval|source|type|net|powershell|pwsh|cmd|certutil|bitsadmin|mshta|rundll32|reg|wmic|` +
	`systeminfo|tasklist|ipconfig|touch|useradd|passwd|openssl|gcc|make|git|docker|kubectl|systemctl|service|reboot|shutdown|halt|apt|yum|pip|npm|gem|busybox|expect|vi|vim|nano|man|gdb)`

func shellRules() []rule {
	return []rule{
		{kind: "chain", score: 0.8, evidence: "second command behind a separator",
			expr: `(?:;|\|\|?|&&?|\n|\r)[ \t]*` + commands + `(?:[\s;|&<>)'"` + "`" + `]|\z)`, check: notProse},
		{kind: "substitution", score: 0.8, evidence: "command in a command", expr: `\$\([ \t]*[\w./{$'"\\]|[<>]\([\w./]`},
		{kind: "substitution", score: 0.7, evidence: "command in backticks", expr: "`[ \t]*" + commands + "(?:[ \t][^`\n]{0,80})?`"},
		{kind: "evasion", score: 0.9, evidence: "white space or letters written so that filters miss them",
			expr: `\$\{?IFS\b|\$\{[A-Z_]+:[0-9]+:[0-9]+\}|\b[a-z]{1,4}(?:''|""|\\\\?|\$@|\$\*)[a-z]{1,6}(?:[\s/'"\\$]|\z)|/(?:[a-z?*\[\]]{0,3}[?*][a-z?*\[\]]{0,3}/)[a-z?*\[\]]{0,3}[?*]|\$'\\x|\\x2f|\$\[`},
		{kind: "evasion", score: 0.7, evidence: "variables put together to a path", expr: `\$[\w-]{1,16}/|/[a-z]{1,4}\$[-\w@*!]{1,8}[a-z/]`},
		{kind: "evasion", score: 0.8, evidence: "words in braces run as a command", expr: `\{[a-z/]{2,16},[^{}\s]{1,64}\}`},
		{kind: "pipe_to_shell", score: 0.95, evidence: "text run as a script", expr: `\|[ \t]*(?:sudo[ \t]+)?(?:/bin/)?(?:ba|z|k|da|c)?sh\b|\|[ \t]*(?:python[0-9.]*|perl|ruby|php|node)\b`},
		{kind: "reverse_shell", score: 0.95, evidence: "shell over a connection",
			expr: `/dev/(?:tcp|udp)/|\bn(?:c|cat|etcat)\s[^\n|;&]{0,60}-[a-z]{0,4}e\b|\bmkfifo\s|\bsocat\s[^\n]{0,60}exec:|\b(?:bash|sh)\s+-i\b`},
		{kind: "destructive", score: 0.9, evidence: "destroys or opens files", expr: `\brm\s+-[a-zA-Z]{0,6}[rRf][a-zA-Z]{0,4}\s|\bchmod\s+(?:-R\s+)?(?:[0-7]?777|[ugoa]*\+s)\b|>[ \t]*/etc/|\bmkfs\b|\bdd\s+if=|:\(\)\s*\{`},
		{kind: "sensitive_file", score: 0.8, evidence: "file that holds accounts or keys", expr: `/etc/(?:passwd|shadow|sudoers|hosts)\b|/(?:etc|usr|bin|var|proc)/[a-z/]{0,12}[\[?*]|\.ssh/(?:id_|authorized_keys)|/proc/self/|\b(?:boot|win)\.ini\b`},
		{kind: "powershell", score: 0.9, evidence: "command of PowerShell that runs text or fetches",
			expr: `(?i)\b(?:iex\b|invoke-(?:expression|webrequest|restmethod|command)|downloadstring|net\.webclient|start-process|-e(?:nc|ncodedcommand)\s+[a-z0-9+/=]{8})`},
		{kind: "batch", score: 0.7, evidence: "control structure of the Windows shell",
			expr: `(?i)\b(?:for\s+(?:/[dflr]\s+)?[^\n%]{0,48}%+[^\s%]{1,12}\s+in\s*\(|if\s+(?:/i\s+)?(?:not\s+)?(?:exist|errorlevel|defined|cmdextversion)\s|if\s[^\n=]{1,32}\s(?:equ|neq|lss|leq|gtr|geq)\s|if\s+(?:/i\s+)?(?:not\s+)?["'(%\[{!\w][^\n=]{0,24}==)`},
		{kind: "chain", score: 0.7, evidence: "loop or function of a shell", expr: `\b(?:while|until)\b[^\n;]{1,60};\s*do\b|\bfor\s+\w+\s+in\b[^\n;]{1,80};\s*do\b|\bif\b[^\n;]{1,60};\s*then\b|\b\w+\(\)\s*\{\s*[\w:]`},
	}
}

// notProse drops a word behind a line end or a semicolon that goes on as prose: "and then; find out …" Shells want a
// command to be followed by something that is not a plain word of three letters, or to stand behind another sign.
func notProse(m *guard.Match) bool {
	if strings.ContainsAny(m.Text[:1], "|&") {
		return true
	}
	name := strings.Trim(m.Text, "; \t\n\r|&<>)'\"`")
	switch name {
	case "find", "more", "time", "last", "head", "tail", "host", "make", "type", "at", "set", "service", "source", "who", "w", "kill", "sleep", "man", "expect", "export", "touch",
		"less", "echo", "shutdown", "strings", "net", "at ", "print", "ping", "node", "gem", "docker", "git", "python", "ruby", "php", "perl", "lua", "env", "mount", "reg", "ip", "ss", "id":
		return m.Text[0] == ';' && !strings.HasPrefix(m.Text, "; ")
	}
	return m.Text[0] == ';' || strings.ContainsAny(m.Text, "/")
}

func templateRules() []rule {
	return []rule{
		{kind: "object_walk", score: 0.95, evidence: "walk through the objects of the language", check: notThreeBraces,
			expr: `\{\{[^{}]{0,60}(?:__[a-z]+__|\b(?:mro|subclasses|globals|builtins)\b)|\.__(?:class|mro|base|subclasses|globals|builtins|init)__|\bconstructor\.constructor\b`},
		{kind: "expression", score: 0.9, evidence: "expression that computes", check: notThreeBraces,
			expr: `\{\{[^{}\n]{0,40}(?:[0-9]\s*[*+/-]\s*['"]?[0-9]|\b(?:config|self|_self|request|session|cycler|joiner|namespace|lipsum|url_for|get_flashed_messages|app|settings|this)\s*[.\[|(]|\b(?:system|exec|eval|popen|open|import|passthru|file_get_contents|require|getRuntime|forName|print|range|call|invoke)\s*\(|\|\s*(?:attr|safe|filter|map|reduce|sort|join|system|exec|e)\b)`},
		{kind: "expression", score: 0.8, evidence: "helper that looks up or calls", expr: `\{\{[#~]?\s*(?:#?with|lookup|log|\.\./|@root|this\.(?:push|pop|constructor)|template|define|block|printf|html|js|call|index)\b[^{}]{0,40}`},
		{kind: "tag", score: 0.8, evidence: "statement of a template", expr: `\{%-?\s*(?:for|if|set|include|import|from|extends|macro|block|raw|verbatim|debug|load|call|filter|with|do|autoescape|exec|system|sandbox)\b`},
		{kind: "tag", score: 0.8, evidence: "code of a page", expr: `<%[=@!~-]?\s*[\w:` + "`" + `"'(@$.%]|<\?(?:php|=)|<#(?:assign|include|import|list|if|macro|function)\b|<@[a-z]|#(?:set|include|parse|foreach|evaluate|define)\s*\(\s*[$"']`},
		{kind: "expression", score: 0.8, evidence: "expression of Java or Ruby",
			expr: `[$#*@]\{[^{}\n]{0,60}(?:\bT\(|\bnew\s|\.class\b|\.getClass\b|getRuntime|forName|\?new\b|\.(?:exec|start|eval|invoke|forName|system)\s*\(|[0-9]\s*[*+]\s*[0-9]|@[a-z.]+@|\b(?:system|exec|eval|popen)\b|%x)`},
		{kind: "lookup", score: 0.95, evidence: "lookup that loads from elsewhere", expr: `(?i)\$\{(?:\$\{[^}\n]{0,24}\}|[a-z:-]){0,24}(?:jndi|ldap|rmi|dns|env|sys|lower|upper|java|base64)\b?:|\$\{::-`},
		{kind: "tag", score: 0.8, evidence: "statement of Smarty or Mako", expr: `\{(?:php|system|exec|fetch|include|eval|literal|if)\b[^{}\n]{0,40}\}|\{\$smarty\b|(?m)^\s*<%(?:def|import)\b`},
		{kind: "expression", score: 0.8, evidence: "interpolation of Perl or Pug", expr: `@\{\[\s*\S|#\{\s*(?:root|global|process|function|require)\b`},
	}
}

// notThreeBraces drops what begins with "{{{", which is no expression to engines that know these words.
func notThreeBraces(m *guard.Match) bool {
	return m.Text[0] != '{' || !strings.HasSuffix(m.Before, "{")
}
