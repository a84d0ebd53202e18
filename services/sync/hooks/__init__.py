"""What sites tell by webhooks: verified, noted as marks, and read again by id.

A webhook is a hint and nothing more: what is stored is what the site gives when it is asked.
"""
