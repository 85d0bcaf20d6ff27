"""What remembers and what rings: MongoDB and Redis, and nothing above them."""
