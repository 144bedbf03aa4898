
variable "trail_region" {
  description = "Region in which this module makes its own trail; it logs all Regions. The default is to make none."
  type        = string
  default     = null
}

variable "trail_days" {
  description = "Days after which the log files of that trail are deleted."
  type        = number
  default     = 365

  validation {
    condition     = var.trail_days >= 1
    error_message = "1 or more."
  }
}
