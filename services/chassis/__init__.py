"""What every service process stands on: settings, serving, identity, stores, telemetry; it knows no noun."""
