package leak

import (
	"context"

	"sallyport/guard"
)

// ErrorPage finds what a server shows when it fails: stack traces (Java, Python, .NET, Go, Node, PHP, Ruby, Rust),
// messages of databases, pages of web servers and frameworks, listings of folders. In answers they come from tools and
// tell an attacker what runs behind. Answers about programming quote them: flag before blocking.
//
// Kinds: stack_trace, database_error, server_page, directory_listing. It misses traces of other languages, messages in
// other languages than English, and traces that were put into words.
type ErrorPage struct{ rules *rules }

var _ guard.Matcher = (*ErrorPage)(nil)

// NewErrorPage returns the detector.
func NewErrorPage() *ErrorPage { return &ErrorPage{newRules(errorRules())} }

// Patterns are the forms of such pages.
func (d *ErrorPage) Patterns() []string { return d.rules.patterns }

// Check takes every match.
func (d *ErrorPage) Check(i int, m *guard.Match) (guard.Finding, bool) { return d.rules.judge(i, m) }

// Detect reports every match in the passage.
func (d *ErrorPage) Detect(_ context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return d.rules.whole(p.Text), nil
}

func errorRules() []rule {
	trace := func(expr, evidence string) rule {
		return rule{kind: "stack_trace", expr: expr, evidence: evidence, score: 0.9}
	}
	base := func(expr, evidence string) rule {
		return rule{kind: "database_error", expr: expr, evidence: evidence, score: 0.9}
	}
	page := func(expr, evidence string) rule {
		return rule{kind: "server_page", expr: expr, evidence: evidence, score: 0.8}
	}
	return []rule{
		trace(`\bat [\w$.<>/@]{3,}\((?:[\w$]+\.(?:java|kt|scala|groovy|clj):[0-9]+|Native Method|Unknown Source)\)`, "frame of the JVM"),
		trace(`Exception in thread "[^"\n]*"|\b(?:java|javax|jakarta|org|com)\.[\w.]+(?:Exception|Error): `, "exception of the JVM"),
		trace(`Traceback \(most recent call last\):|\bFile "[^"\n]+", line [0-9]+, in `, "trace of Python"),
		trace(`\bat [\w.<>`+"`"+`\[\],]+\([^()\n]*\) in [A-Za-z]:\\[^\n:]*:line [0-9]+|\bSystem\.[\w.]+Exception: |\bHttp\w+(?:Exception|Wrapper): |\[\w+Exception(?: \(0x[0-9a-f]{8}\))?: `, "trace of .NET"),
		trace(`\bgoroutine [0-9]+ \[[a-z0-9 ,]+\]:|\bpanic: runtime error: |\.go:[0-9]+ \+0x[0-9a-f]+`, "trace of Go"),
		trace(`\bat (?:async )?(?:[\w$.<>]+ )?\(?(?:file://|node:|/|[A-Z]:\\)[^\s():]*(?:/[^\s():]*)*:[0-9]+:[0-9]+\)?`, "frame of Node"),
		trace(`(?:Fatal error|Parse error|Warning|Notice|Deprecated)(?:</b>)?: [^\n]{1,160}? in (?:<b>)?[^\s<]+\.php(?:</b>)?(?: on line |:)(?:<b>)?[0-9]+|\bPHP (?:Fatal|Parse) error: |#[0-9]+ [^\s]+\.php\([0-9]+\): `, "message of PHP"),
		trace(`\.rb:[0-9]+:in ['`+"`"+`]|\b(?:NameError|NoMethodError|ArgumentError|SyntaxError|LoadError|TypeError|ZeroDivisionError|RuntimeError) \([^)\n]{3,}|\bAction(?:Controller|View|Dispatch)::\w+|\bActiveRecord::\w+ \(`, "message of Ruby"),
		trace(`\bthread '[^'\n]*' panicked at `, "panic of Rust"),
		base(`(?i)You have an error in your SQL syntax|check the manual that corresponds to your (?:MySQL|MariaDB)|\bmysqli?_(?:fetch|query|num|connect)\w*\(\)|com\.mysql\.|MySqlException|Unknown column '[^'\n]+' in '|MySQL server has gone away`, "message of MySQL"),
		base(`\bORA-[0-9]{5}\b|(?i)quoted string not properly terminated|Oracle error|SQL command not properly ended`, "message of Oracle"),
		base(`(?i)\bPSQLException|org\.postgresql\.|ERROR:\s+(?:syntax error at or near|(?:relation|column) "[^"\n]+" does not exist|unterminated quoted string)|pg_(?:query|exec)\(\)|unterminated quoted string at or near|PG::\w+Error`, "message of PostgreSQL"),
		base(`(?i)Unclosed quotation mark (?:after|before) the character string|Incorrect syntax near|used select statements have different number of columns|\[Microsoft\]\[ODBC|ODBC (?:SQL Server|Microsoft Access|Excel)? ?Driver|SQLServerException|System\.Data\.(?:SqlClient|OleDb)|OLE DB Provider for|Microsoft JET Database|80040e(?:14|07)`, "message of SQL Server or Access"),
		base(`\bSQLSTATE\[[0-9A-Z]{5}\]|(?i)sqlite3?\.(?:OperationalError|Exception)|SQLite(?:3::|/JDBCDriver| error)|near "[^"\n]{1,40}": syntax error|\bCLI Driver\]\[DB2|DB2 SQL error|Dynamic SQL Error|Sybase message|Informix|(?:SAP|hdb)\w* DBTech|Ingres SQLSTATE|supplied argument is not a valid \w+ result|Warning: (?:ibase|ifx|maxdb|sybase|odbc|mssql)_`, "message of a database"),
		page(`Server Error in '/[^'\n]*' Application|\bHTTP Error [45][0-9]{2}\.[0-9]+ - |ViewState(?:Exception| MAC failed| is invalid)|<title>IIS [0-9.]+ Detailed Error|\bMicrosoft VBScript (?:runtime|compilation)|ADODB\.\w+ (?:error|\(0x)|\bActive Server Pages error`, "page of IIS"),
		page(`Apache Tomcat/[0-9.]+ - Error report|Whitelabel Error Page|<address>Apache/[0-9.]+[^\n]{0,80} Server at |<h1>Application Server Error|JBWEB[0-9]{6}|\bWebLogic\b[^\n]{0,40}Error`, "page of a Java server or Apache"),
		page(`Werkzeug Debugger|You're seeing this error because you have <code>DEBUG = True|Django Version:|Whoops, looks like something went wrong|Symfony Exception|Laravel\b[^\n]{0,40}Ignition|Better Errors\b`, "page of a framework that debugs"),
		{kind: "directory_listing", score: 0.8, evidence: "listing of a folder", expr: `<title>Index of /|<h1>Index of /|(?m)^Index of /[\w./-]*$|>Parent Directory</a>|\[To Parent Directory\]|<title>Directory (?:listing for|Listing) |(?:Volume in drive [A-Z] |Directory of [A-Z]:\\)`},
	}
}
