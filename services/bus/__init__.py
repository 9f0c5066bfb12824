"""Events between services: low in rate, typed, never readings one by one."""
