"""What changes on a site without any issue telling: learnt by looking, once a day."""
