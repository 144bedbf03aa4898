variable "region" {
  description = "Region to deploy in. The default is the provider's. One call of the module with for_each deploys in several."
  type        = string
  default     = null
}

variable "name_prefix" {
  description = "Beginning of the names of all resources; what follows is generated, so that copies do not collide."
  type        = string
  default     = "countertrail-"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,19}$", var.name_prefix))
    error_message = "At most 20 lower-case letters, digits and hyphens, the first a letter."
  }
}

variable "subscriptions" {
  description = "Whom to alert: an endpoint for its protocol (email, https, sqs, lambda ...) under a name of your own. There is no default, so that nobody deploys alerts for nobody; say {} if something else subscribes to the topic."
  type = map(object({
    protocol = string
    endpoint = string
  }))
}

variable "alarm_topic_arn" {
  description = "Topic for the alarms about this module itself. The default is the topic of the alerts, which cannot tell of its own failure."
  type        = string
  default     = null
}

variable "silence_hours" {
  description = "Hours without any event of CloudTrail after which there is an alarm, 1 to 24."
  type        = number
  default     = 2

  validation {
    condition     = var.silence_hours >= 1 && var.silence_hours <= 24 && floor(var.silence_hours) == var.silence_hours
    error_message = "A whole number from 1 to 24."
  }
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}

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
