"""The three systems that limit what a site may be asked, with their headers; off at first."""
