"""What people see: pages that are read are HTML from templates, what is filled in live is Gradio.

A page holds no rules. It calls a use case in one transaction and turns its error into a sentence.
"""
