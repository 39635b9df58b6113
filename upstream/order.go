package upstream

// order appends the targets to room as they are tried: by priority, and among equals drawn at random by weight. The
// draw goes on without what was drawn, so that a fallback among equals keeps the shares too.
func order(targets []*Target, random func() float64, room []*Target) []*Target {
	list := room
	for _, t := range targets { // insertion by priority keeps the given order among equals
		i := len(list)
		list = append(list, t)
		for ; i > 0 && list[i-1].Priority > t.Priority; i-- {
			list[i] = list[i-1]
		}
		list[i] = t
	}
	for i := range list {
		end := i
		total := 0
		for end < len(list) && list[end].Priority == list[i].Priority {
			total += list[end].weight()
			end++
		}
		if end-i > 1 {
			j := draw(list[i:end], random()*float64(total))
			list[i], list[i+j] = list[i+j], list[i]
		}
	}
	return list
}

// draw finds the target that the point falls on when the weights lie end to end.
func draw(group []*Target, point float64) int {
	for i, t := range group {
		if point -= float64(t.weight()); point < 0 {
			return i
		}
	}
	return len(group) - 1
}

func (t *Target) weight() int { return max(1, t.Weight) }
