"""For tests of kinds, of other packages too: a fake service behind `Http.send`, and a harness over it."""
