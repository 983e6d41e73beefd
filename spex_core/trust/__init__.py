"""Other looks at the same passes: methods, removal, recovery, noise."""
