"""Many runs: queued, shared, resumed, kept."""
