"""What sync decides, pure: which addresses may be called, what is asked, what answers mean."""
