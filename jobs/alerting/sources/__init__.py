"""Where alerts come from: each module yields what is wrong just now in its part of the product."""
