package trust

import (
	"strconv"
	"strings"
	"sync"

	"sallyport/guard"
	"sallyport/seal"
)

// nameDomain keeps the digests that become pseudonyms apart from all others.
const nameDomain = "pseudonym"

// Conversations keeps the pseudonyms of conversations that are going on, so that a name given in one call is known in
// the next, where a provider holds the history and the caller does not send it again. It holds texts in memory only,
// for a bounded number of conversations, the longest unused going first; a conversation whose history is sent with
// every call needs none of it, for its names are made again from the same texts.
type Conversations struct {
	hash *seal.Hasher
	most int

	mu   sync.Mutex
	tick uint64
	live map[string]*conversation
}

type conversation struct {
	used  uint64
	given map[string]string // text by code
}

// NewConversations returns an empty set that remembers at most so many conversations. A weak key is seal.ErrWeakKey.
func NewConversations(key seal.Key, most int) (*Conversations, error) {
	hash, err := seal.Keyed(key)
	if err != nil {
		return nil, err
	}
	return &Conversations{hash: hash, most: most, live: map[string]*conversation{}}, nil
}

// ID makes the identity of a conversation out of what tells it from others in its workspace: a header, an id of the
// dialect, or the beginning of a history that is sent again and again. It is a keyed digest: nobody can test a guess.
func (c *Conversations) ID(workspace string, parts ...string) string {
	var b strings.Builder
	for _, p := range append([]string{workspace}, parts...) {
		b.WriteString(strconv.Itoa(len(p)))
		b.WriteByte(':')
		b.WriteString(p)
	}
	return c.hash.Digest("conversation", []byte(b.String()))
}

// Names returns the pseudonyms of a conversation, for one call.
func (c *Conversations) Names(id string) *Names {
	n := &Names{from: c, id: id, given: map[string]string{}}
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.live[id]; old != nil {
		c.tick++
		old.used = c.tick
		for code, text := range old.given {
			n.given[code] = text
		}
	}
	return n
}

// Names gives and takes back the pseudonyms of one conversation, for one call.
type Names struct {
	from  *Conversations
	id    string
	given map[string]string // text by code
}

var _ guard.Names = (*Names)(nil)

// Pseudonym is the name for a text: a keyed digest of conversation, kind and text, so that one person keeps one name
// within a conversation and has another in every other. Spelling counts: two spellings are two names.
func (n *Names) Pseudonym(kind, text string) string {
	for length := guard.NameLength; ; length++ {
		code := n.code(kind, text, length)
		have, taken := n.given[code]
		if taken && have != text {
			continue // another text has it: one character more tells them apart
		}
		if !taken {
			n.given[code] = strings.Clone(text)
		}
		return guard.NameOf(kind, code)
	}
}

func (n *Names) code(kind, text string, length int) string {
	sum := n.from.hash.SumString(nameDomain, n.id+"\x00"+kind+"\x00"+text)
	b := make([]byte, length)
	for i := range b {
		b[i] = guard.NameCode[sum[i%len(sum)]&31]
	}
	return string(b)
}

// Original is what a name of this conversation stands for.
func (n *Names) Original(name string) (string, bool) {
	text, ok := n.given[guard.CodeOf(name)]
	return text, ok
}

// Keep remembers the names under the identities a later call of the conversation may come with.
func (n *Names) Keep(ids ...string) {
	if len(n.given) == 0 {
		return
	}
	c := n.from
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, id := range append(ids, n.id) {
		c.tick++
		given := make(map[string]string, len(n.given))
		for code, text := range n.given {
			given[code] = text
		}
		c.live[id] = &conversation{used: c.tick, given: given}
	}
	for len(c.live) > c.most {
		oldest := ""
		for id, v := range c.live {
			if oldest == "" || v.used < c.live[oldest].used {
				oldest = id
			}
		}
		delete(c.live, oldest)
	}
}
