// Package seal keeps secrets from being seen: references to them in place of the values, a type whose value no
// printer shows, the local key file, and keyed digests.
//
// It opens no network connection and knows nothing of requests, keys of callers or tenants. Package upstream reads its
// provider credentials through it, access and trust hash with it, config refuses every secret that is not a Reference.
package seal
