"""Functions of masks: transforms, sparse spectra, interaction indices, conversions, and what is more than noise."""
