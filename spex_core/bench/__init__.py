"""The paper's experiments over a data set."""
