
variable "function_package" {
  description = "Path of the function's package, a zip file with the program bootstrap in it, built for arm64."
  type        = string
}

variable "code_signing_config_arn" {
  description = "Code signing configuration that the package must pass. Optional."
  type        = string
  default     = null
}

variable "mode" {
  description = "\"observe\" plans and tells, and changes nothing; the function then has no permission to change anything. \"enforce\" carries plans out."
  type        = string
  default     = "observe"

  validation {
    condition     = contains(["observe", "enforce"], var.mode)
    error_message = "One of observe and enforce."
  }
}

variable "reserved_concurrency" {
  description = "How many instances of the function may run at once. 0 stops it, -1 sets no limit. The default is what the program was written for."
  type        = number
  default     = null

  validation {
    condition     = coalesce(var.reserved_concurrency, 0) >= -1
    error_message = "-1 or more."
  }
}
