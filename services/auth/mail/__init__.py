"""Mailed links: made when the mail is sent, once the change that asks for it is kept."""
