"""More alerts than an operator can take in (ISA-18.2): recognised and summed up, none hidden."""
