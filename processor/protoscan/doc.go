// Package protoscan walks protocol buffer messages in a file without reading
// what nobody asked for: a weight of a gigabyte is stepped over, not loaded.
//
// It knows the wire format only, not any schema. Every length is checked
// against the enclosing message before it is used, strings are read up to a
// limit the caller gives, and a Source allows a bounded number of fields, so a
// hostile file costs neither memory nor time. A Source is for one goroutine.
package protoscan
