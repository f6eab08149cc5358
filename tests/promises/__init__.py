"""The six promises, one file each. What runs a whole product and kills its processes is marked `long`."""
