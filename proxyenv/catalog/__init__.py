"""What exists many times in the world, one module for each: shells, tools, trust stores, clients."""
