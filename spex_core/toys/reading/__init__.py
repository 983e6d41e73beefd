"""Questions about passages whose needed sentences are known, and the reader."""
