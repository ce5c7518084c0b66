// Package proof holds a running readnext against its promises, from outside,
// through the generated client.
//
// A [Ledger] keeps everything that a server acknowledged under a [Load], and
// asks for all of it again later; a [Process] is a server that can be killed in
// between, a [Site] three of them on one store behind a load balancer. Clients
// with a [Retry] repeat what failed, as the contract allows, and a [Meter] knows
// how often and how long that took. [Refreshes] plays readers who refresh and page
// back, [Races] and [Twins] compare replicas.
//
// It notices a lost or doubled signal, event, article or page, an article served
// twice to one reader or that was not eligible, a page that is not full, and a
// page that changed. It cannot see what was never acknowledged, and expects
// nothing of it.
package proof
