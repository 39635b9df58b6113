package app

import (
	"fmt"
	"slices"
	"strings"

	"sallyport/config"
	"sallyport/guard"
	"sallyport/guard/standard"
)

// Policy is what guards a route of a configuration, as the gate would build it: for tools that judge text beside the
// gate. Where no route has the name, the error lists those there are.
func Policy(c *config.Config, route string) (guard.Policy, error) {
	at := slices.IndexFunc(c.Routes, func(r config.Route) bool { return r.Name == route })
	if at < 0 {
		names := make([]string, len(c.Routes))
		for i := range c.Routes {
			names[i] = c.Routes[i].Name
		}
		return guard.Policy{}, fmt.Errorf("there is no route %q (the configuration has %s)", route, strings.Join(names, ", "))
	}
	name := c.Routes[at].Guard
	if g, ok := c.Guards[name]; ok { // before the profiles: an entry of a profile's name replaces it
		p, err := policy(name, g)
		if err != nil {
			return p, fmt.Errorf("guard %s: %w", name, err)
		}
		return p, nil
	}
	p, ok := standard.Profile(name)
	if !ok {
		return p, fmt.Errorf("route %s: there is no guard %q", route, name)
	}
	return p, nil
}
