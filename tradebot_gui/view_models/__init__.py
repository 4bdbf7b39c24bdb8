"""What panels show: table models of records and the level-of-detail pyramids of the charts."""
