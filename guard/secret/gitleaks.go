package secret

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/zricethezav/gitleaks/v8/config"
)

// Parts that most expressions of gitleaks share.
const (
	// assign stands between the name of a vendor and the value.
	assign = `(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}`
	// theirEnd is what they want behind a value: source code.
	theirEnd = `(?:[\x60'"\s;]|\\[nr]|$)`
	// end is ours: values end in prose, in mark-up and in addresses, too.
	end = `(?:[\x60'"\s;,)\]}<>&|*\\]|\.(?:\s|$)|$)`
)

type theirRules struct {
	Allowlist theirList
	Rules     []struct {
		ID          string
		Regex       string
		Path        string
		SecretGroup int
		Entropy     float64
		Allowlists  []theirList
	}
}

type theirList struct {
	Condition   string
	RegexTarget string
	Paths       []string
	Regexes     []string
	StopWords   []string
}

// replaced are rules of which this package has its own.
func replaced() map[string]string {
	return map[string]string{
		"private-key":                            "own rule: the body must be one, so that a heading without a key holds nothing back",
		"hashicorp-tf-password":                  "own rule: without the name of a Terraform file theirs takes every word between quotes",
		"kubernetes-secret-yaml":                 "own rules: line by line, where theirs counts up to 200 characters at every place",
		"sourcegraph-access-token":               "own rules: forty hex digits count only behind the name, which their rule asks for anywhere in a file",
		"aws-amazon-bedrock-api-key-short-lived": "own rule: theirs ends behind the prefix and would leave the key",
	}
}

// wholeMatch are rules whose first group is a part of the secret.
func wholeMatch(id string) bool { return id == "jwt-base64" || id == "microsoft-teams-webhook" }

// gitleaks returns the rules of the module, their lists of what is no secret (by rule, the global one among them), and
// the rules that are not used.
func gitleaks() (list []spec, lists map[string][]*allowList, left []Left, err error) {
	var file theirRules
	if err := toml.Unmarshal([]byte(config.DefaultConfig), &file); err != nil {
		return nil, nil, nil, fmt.Errorf("rules of gitleaks: %w", err)
	}
	global, err := file.Allowlist.compile()
	if err != nil {
		return nil, nil, nil, fmt.Errorf("rules of gitleaks: %w", err)
	}
	sums := &allowList{target: "line", regexes: regexp.MustCompile(`(?i)checksum|sha-?(?:1|256|384|512)\b|md5|fingerprint|integrity`)}
	lists = map[string][]*allowList{}
	instead := replaced()
	for _, r := range file.Rules {
		switch {
		case r.Regex == "":
			left = append(left, Left{r.ID, "judges names of files"})
			continue
		case instead[r.ID] != "":
			left = append(left, Left{r.ID, instead[r.ID]})
			continue
		}
		for _, t := range r.Allowlists {
			l, err := t.compile()
			if err != nil {
				return nil, nil, nil, fmt.Errorf("rules of gitleaks: %s: %w", r.ID, err)
			}
			if l != nil {
				lists[r.ID] = append(lists[r.ID], l)
			}
		}
		lists[r.ID] = append(lists[r.ID], global)
		if r.ID == "generic-api-key" {
			lists[r.ID] = append(lists[r.ID], sums)
		}
		list = append(list, spec{id: r.ID, expr: strings.ReplaceAll(r.Regex, theirEnd, end), rank: rank(r.ID, r.Regex), entropy: r.Entropy,
			group: r.SecretGroup, whole: wholeMatch(r.ID), check: extra(r.ID)})
	}
	if len(list) < 200 {
		return nil, nil, nil, fmt.Errorf("rules of gitleaks: %d rules, expected 200 and more", len(list))
	}
	return list, lists, left, nil
}

func rank(id, expr string) int {
	switch {
	case id == "generic-api-key":
		return byGuess
	case strings.HasPrefix(id, "curl-"):
		return byContext
	case strings.Contains(expr, `{0,20})[\s'"]{0,3}`):
		return byVendor
	}
	return byForm
}

// extra is what gitleaks checks in code, or what its rules do not ask for because they know the file.
func extra(id string) func(string) bool {
	switch id {
	case "generic-api-key":
		return guessable
	case "curl-auth-header":
		return headerValue
	case "curl-auth-user":
		return curlUser
	case "vault-service-token":
		return vaultService
	}
	return nil
}

// compile returns nil where the list can never apply.
func (t *theirList) compile() (*allowList, error) {
	l := &allowList{all: strings.EqualFold(t.Condition, "and"), target: t.RegexTarget}
	if l.all && len(t.Paths) > 0 || len(t.Regexes)+len(t.StopWords) == 0 {
		return nil, nil
	}
	if len(t.Regexes) > 0 {
		re, err := regexp.Compile("(?:" + strings.Join(t.Regexes, ")|(?:") + ")")
		if err != nil {
			return nil, err
		}
		l.regexes = re
	}
	if len(t.StopWords) > 0 {
		var words []word
		for _, w := range t.StopWords {
			words = append(words, word{text: strings.ToLower(w)})
		}
		l.words = newAutomaton([][]word{words})
	}
	return l, nil
}
