package config

import "reflect"

// Document is a file other than the configuration that people write by hand, read with the same strictness. Whoever reads
// one goes on to check what single keys cannot tell and says what is wrong by [Document.Errorf].
type Document struct{ s *source }

// Decode reads the YAML of data into a pointer to a struct with the tags this package knows. path names the file in
// messages. All mistakes, of the file and those added later, come together from [Document.Err].
func Decode(path string, data []byte, section any) *Document {
	d := &Document{&source{name: path, places: map[string]place{}, bad: map[string]bool{}}}
	setDefaults(section)
	if root := d.s.parse(data); root != nil {
		d.s.decode(root, reflect.ValueOf(section).Elem(), "", field{})
	}
	return d
}

// Errorf notes a mistake at a key, written as in "rules[0].name". Of a key that has one already it is dropped: it would
// follow from the first.
func (d *Document) Errorf(key, format string, args ...any) { d.s.errorf(key, format, args...) }

// Line is where a key stands, or the section around it, from 1.
func (d *Document) Line(key string) int { return d.s.find(key).line }

// Err is every mistake so far as [Errors], in the order of their places, or nil.
func (d *Document) Err() error {
	if len(d.s.problems) == 0 {
		return nil
	}
	sortProblems(d.s.problems)
	return d.s.problems
}
