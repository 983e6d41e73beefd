"""One masker a file, one file a kind of input."""
