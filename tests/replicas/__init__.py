"""Servers that behave like the real thing, traps included, written from the description of each CMS.

A replica answers one request after the other and never looks at the code that reads it. `respond`
takes a `sites.model.Request` and gives (status, headers, body), so a loop in memory and a server on
loopback can both drive it.
"""
