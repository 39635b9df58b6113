package gateway

import (
	"net/netip"
	"slices"
	"strings"
)

// forwarded finds the caller behind trusted proxies: from the connection backwards through X-Forwarded-For, the first
// address that is not a trusted proxy's. What stands before it was written by the caller and means nothing.
func forwarded(addr netip.Addr, headers []string, proxies []netip.Prefix) netip.Addr {
	trusted := func(a netip.Addr) bool {
		return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(a) })
	}
	chain := strings.Split(strings.Join(headers, ","), ",")
	for i := len(chain) - 1; i >= 0 && trusted(addr); i-- {
		next, err := netip.ParseAddr(strings.TrimSpace(chain[i]))
		if err != nil {
			break // unreadable: the proxy that wrote it is as far as we know
		}
		addr = next.Unmap()
	}
	return addr
}
