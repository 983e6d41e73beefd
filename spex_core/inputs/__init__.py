"""What is explained, cut into features: a text, a picture, a question about it."""
