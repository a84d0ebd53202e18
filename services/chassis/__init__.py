"""What every service process stands on: settings, serving, identity, stores; it knows no noun."""
