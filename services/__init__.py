"""What moves it: the running parts. Services never import one another; :mod:`services.app` wires them."""
